import "../../menu-styles";
import { t } from "@lingui/core/macro";
import { Button, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Page } from "../../ui/Page";
import classes from "./Inbox.module.css";
import { InboxList } from "./InboxList";
import { ALL, unreadQuery, useRead } from "./queries";

export function InboxPage() {
  const [shown, setShown] = useState("all");
  const { data: count } = useQuery(unreadQuery);
  const read = useRead();
  return (
    <Page
      title={t`Notifications`}
      actions={
        <Button variant="default" disabled={!count} onClick={() => read.mutate(ALL)}>
          {t`Mark all read`}
        </Button>
      }
    >
      <div className={classes.page}>
        <div className={classes.bar}>
          <SegmentedControl
            aria-label={t`Show`}
            value={shown}
            onChange={setShown}
            data={[
              { value: "all", label: t`All` },
              { value: "unread", label: t`Unread` },
            ]}
          />
          <Link to="/notifications/preferences">{t`Choose what you are told`}</Link>
        </div>
        <InboxList unread={shown === "unread"} />
      </div>
    </Page>
  );
}
