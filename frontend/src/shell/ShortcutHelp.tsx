import "../extra-styles";
import { t } from "@lingui/core/macro";
import { Kbd, Modal } from "@mantine/core";
import { currentHotkeys, type Hotkey } from "./hotkeys";
import classes from "./ShortcutHelp.module.css";

const ALWAYS: Hotkey[] = [
  {
    keys: "Ctrl K",
    label: t`Search and commands`,
    group: "Everywhere",
    run: () => undefined,
  },
];

const GROUPS: Record<Hotkey["group"], string> = {
  "Go to": t`Go to`,
  Queue: t`Queue`,
  Incident: t`Incident`,
  Everywhere: t`Everywhere`,
};

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const groups = Map.groupBy([...ALWAYS, ...currentHotkeys()], (h) => h.group);
  return (
    <Modal opened onClose={onClose} title={t`Keyboard shortcuts`} size="lg">
      <div className={classes.groups}>
        {[...groups].map(([group, hotkeys]) => (
          <section key={group}>
            <h3>{GROUPS[group]}</h3>
            <dl className={classes.list}>
              {hotkeys.map((h) => (
                <div key={h.keys}>
                  <dt>{h.label}</dt>
                  <dd>
                    {h.keys.split(" ").map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
