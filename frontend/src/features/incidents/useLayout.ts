import { useLocalStorage } from "@mantine/hooks";
import { useUser } from "../../api/useSession";
import { DEFAULT_LAYOUT, type Layout, readLayout } from "./layout";

/** The layout that the signed-in person has chosen in this browser. */
export function useLayout() {
  const user = useUser();
  return useLocalStorage<Layout>({
    key: `tracker-queue-${user?.id}`,
    defaultValue: DEFAULT_LAYOUT,
    getInitialValueInEffect: false,
    deserialize: (text) => readLayout(parsed(text)),
  });
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
