/** One file to the API, with progress. `fetch` cannot report upload progress, XHR can. */
import { ApiError, OFFLINE_MESSAGE, toApiError } from "../../api/errors";
import { freshToken } from "../../api/session";
import type { Attachment } from "../../api/types";

type Options = {
  /** The same for each try, so that a lost answer does not store the file twice. */
  key: string;
  internal: boolean;
  onProgress: (share: number) => void;
  signal: AbortSignal;
};

export async function uploadFile(
  number: string,
  file: File,
  { key, internal, onProgress, signal }: Options,
): Promise<Attachment> {
  const token = await freshToken();
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/incidents/${encodeURIComponent(number)}/attachments`);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const body = answer(request);
      if (request.status < 300 && body) resolve((body as { data: Attachment }).data);
      else reject(toApiError(new Response(null, { status: request.status }), body));
    };
    request.onerror = () => reject(new ApiError(0, OFFLINE_MESSAGE));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    if (internal) form.append("is_internal", "true");
    form.append("file", file, file.name);
    request.send(form);
  });
}

function answer(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText);
  } catch {
    // A proxy in between may answer with something that is not JSON.
    return null;
  }
}
