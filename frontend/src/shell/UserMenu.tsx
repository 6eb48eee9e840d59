import { Menu, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import {
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
import { Avatar } from "../ui/Person";
import { useShell } from "./context";
import classes from "./Shell.module.css";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const SCHEMES = [
  { value: "light", label: <IconSun {...icon} />, name: "Light" },
  { value: "dark", label: <IconMoon {...icon} />, name: "Dark" },
  { value: "auto", label: <IconDeviceDesktop {...icon} />, name: "Like the system" },
] as const;

export function UserMenu() {
  const user = useUser();
  const navigate = useNavigate();
  const { openHelp } = useShell();
  if (!user) return null;
  return (
    <Menu position="top-start" width={240} shadow="md">
      <Menu.Target>
        <button
          type="button"
          className={classes.item}
          aria-label={`Account: ${user.name}`}
        >
          <Avatar name={user.name} />
          <span className={classes.label}>{user.name}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.email} · {user.role}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconUser {...icon} />}
          onClick={() => navigate({ to: "/profile" })}
        >
          Profile
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard {...icon} />} onClick={openHelp}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Divider />
        <ColorScheme />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout {...icon} />} onClick={() => signOut()}>
          Sign out
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
      aria-label="Colour scheme"
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
