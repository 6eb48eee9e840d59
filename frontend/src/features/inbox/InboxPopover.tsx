import "../../menu-styles";
import { t } from "@lingui/core/macro";
import { Button, Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { BellButton } from "./Bell";
import classes from "./Inbox.module.css";
import { InboxList } from "./InboxList";
import { ALL, unreadQuery, useRead } from "./queries";

/** The opened bell; `Bell` loads it when it is first wanted. */
export default function InboxPopover({ collapsed }: { collapsed: boolean }) {
  const [opened, setOpened] = useState(true);
  const { data: count } = useQuery(unreadQuery);
  const read = useRead();
  const close = () => setOpened(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="right-start"
      width={400}
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <BellButton collapsed={collapsed} onClick={() => setOpened(!opened)} />
      </Popover.Target>
      <Popover.Dropdown aria-label={t`Notifications`}>
        <div className={classes.bar}>
          <h2>{t`Notifications`}</h2>
          <Button
            size="compact-sm"
            variant="subtle"
            disabled={!count}
            onClick={() => read.mutate(ALL)}
          >
            {t`Mark all read`}
          </Button>
        </div>
        <div className={classes.scroll}>
          <InboxList unread={false} onOpen={close} />
        </div>
        <div className={classes.bar}>
          <Link to="/notifications" onClick={close}>
            {t`Show all`}
          </Link>
          <Link to="/notifications/preferences" onClick={close}>
            {t`Choose what you are told`}
          </Link>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
