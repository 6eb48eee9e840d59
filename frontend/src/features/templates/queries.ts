import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type {
  IncidentTemplate,
  IncidentTemplateCreate,
  IncidentTemplateUpdate,
} from "../../api/types";
import { toastError } from "../../ui/toast";

/** Every template that one may use, in order. */
export const templatesQuery = queryOptions({
  queryKey: ["incident-templates"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/incident-templates", { signal }))).items,
  staleTime: 60_000,
});

const queryKey = templatesQuery.queryKey;
const at = ({ id }: IncidentTemplate) => ({ path: { template_id: id } });

export function useAddTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: IncidentTemplateCreate }) =>
      unwrap(
        api.POST("/api/v1/incident-templates", {
          headers: { "Idempotency-Key": key },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
}

type Change = {
  template: IncidentTemplate;
  body: IncidentTemplateUpdate;
  /** What failed, for the toast; without it the caller shows the error. */
  failure?: string;
};

export function useChangeTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ template, body }: Change) =>
      unwrap(
        api.PATCH("/api/v1/incident-templates/{template_id}", {
          params: at(template),
          headers: { "If-Match": `"${template.version}"` },
          body,
        }),
      ),
    onError: (error, { failure }) => failure && toastError(failure, error),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

export function useDeleteTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (template: IncidentTemplate) =>
      done(
        api.DELETE("/api/v1/incident-templates/{template_id}", {
          params: at(template),
        }),
      ),
    onError: (error) => toastError("The template was not deleted", error),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}
