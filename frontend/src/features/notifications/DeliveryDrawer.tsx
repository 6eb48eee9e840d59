import { Alert, Button, Drawer, Skeleton, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { DeliveryDetail } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { ErrorState } from "../../ui/State";
import { formatInstant } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import classes from "./Deliveries.module.css";
import { REASON_WORDS } from "./deliveries";
import { deliveryQuery, useRetryDelivery } from "./queries";

/** One mail: its fate and its text. The HTML part is shown as source, never rendered. */
export function DeliveryDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery(deliveryQuery(id));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={query.data?.subject ?? "Mail"}
    >
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data ? (
        <Mail mail={query.data} onClose={onClose} />
      ) : (
        <Skeleton height={240} aria-busy />
      )}
    </Drawer>
  );
}

type MailProps = { mail: DeliveryDetail; onClose: () => void };

function Mail({ mail, onClose }: MailProps) {
  const timeZone = useTimeZone();
  const retry = useRetryDelivery();
  const facts: [string, string | null | undefined][] = [
    ["To", mail.recipient],
    ["Created", formatInstant(mail.created_at, timeZone)],
    ["Sent", mail.sent_at && formatInstant(mail.sent_at, timeZone)],
    [
      "Next attempt",
      mail.next_attempt_at && formatInstant(mail.next_attempt_at, timeZone),
    ],
    ["Why not at once", mail.reason && REASON_WORDS[mail.reason]],
    ["Attempts", String(mail.attempts)],
    ["Message-ID", mail.message_id],
  ];
  return (
    <>
      {mail.last_error && (
        <Alert color="red" title="The last attempt failed" mb="md">
          {mail.last_error}
        </Alert>
      )}
      <dl className={classes.facts}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd className="num">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {mail.kind === "digest" && (
        <p className={classes.bundle}>
          <Link to="/deliveries" search={{ bundle: mail.id }} onClick={onClose}>
            Show what went in it
          </Link>
        </p>
      )}
      <Tabs defaultValue="text">
        <Tabs.List mb="sm">
          <Tabs.Tab value="text">Text</Tabs.Tab>
          <Tabs.Tab value="html">HTML source</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="text">
          <pre className={classes.text}>{mail.text}</pre>
        </Tabs.Panel>
        <Tabs.Panel value="html">
          <pre className={classes.text}>{mail.html}</pre>
        </Tabs.Panel>
      </Tabs>
      {mail.status === "failed" && (
        <Button
          mt="md"
          loading={retry.isPending}
          onClick={() =>
            retry.mutate(mail.id, {
              onSuccess: () => toastDone("The mail is queued again"),
            })
          }
        >
          Send again
        </Button>
      )}
    </>
  );
}
