import "../extra-styles";
import { t } from "@lingui/core/macro";
import { Drawer } from "@mantine/core";
import { Rail } from "./Rail";

/** The rail as a drawer, on phones. */
export default function PhoneMenu({ onClose }: { onClose: () => void }) {
  return (
    <Drawer opened onClose={onClose} size={280} title={t`Views`} padding={8}>
      <Rail collapsed={false} />
    </Drawer>
  );
}
