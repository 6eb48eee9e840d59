import "../menu-styles";
import { t } from "@lingui/core/macro";
import { Menu, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import {
  IconBell,
  IconDeviceDesktop,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { signOut } from "../api/session";
import { useUser } from "../api/useSession";
import { useShell } from "./context";
import { ROLE_NAMES } from "./roles";
import { AccountButton } from "./UserMenu";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const SCHEMES = [
  { value: "light", label: <IconSun {...icon} />, name: t`Light` },
  { value: "dark", label: <IconMoon {...icon} />, name: t`Dark` },
  { value: "auto", label: <IconDeviceDesktop {...icon} />, name: t`Like the system` },
] as const;

/** The opened account menu; `UserMenu` loads it when it is first wanted. */
export default function AccountMenu() {
  const user = useUser();
  const navigate = useNavigate();
  const { openHelp } = useShell();
  if (!user) return null;
  return (
    <Menu position="top-start" width={240} shadow="md" defaultOpened>
      <Menu.Target>
        <AccountButton user={user} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.email} · {ROLE_NAMES[user.role]}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconUser {...icon} />}
          onClick={() => navigate({ to: "/profile" })}
        >
          {t`Profile`}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconBell {...icon} />}
          onClick={() => navigate({ to: "/notifications/preferences" })}
        >
          {t`Notification settings`}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard {...icon} />} onClick={openHelp}>
          {t`Keyboard shortcuts`}
        </Menu.Item>
        <Menu.Divider />
        <ColorScheme />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout {...icon} />} onClick={() => signOut()}>
          {t`Sign out`}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      m={4}
      aria-label={t`Colour scheme`}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={SCHEMES.map(({ value, label, name }) => ({
        value,
        label: (
          <span title={name}>
            {label}
            <span className="sr-only">{name}</span>
          </span>
        ),
      }))}
    />
  );
}
