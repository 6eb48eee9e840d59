import "@mantine/core/styles/Paper.css";
import "@mantine/core/styles/Notification.css";
import "@mantine/notifications/styles.css";
import { Notifications } from "@mantine/notifications";

/** The corner where toasts appear; loaded after the first paint. */
export default function Toasts() {
  return <Notifications position="bottom-right" limit={4} />;
}
