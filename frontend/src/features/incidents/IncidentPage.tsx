import { getRouteApi } from "@tanstack/react-router";
import { useHotkeys } from "../../shell/hotkeys";
import { DEFAULT_VIEW } from "./filters";
import IncidentPane from "./IncidentPane";
import { queueMemory } from "./memory";

const route = getRouteApi("/app/incidents/$number");

/** An incident on a page of its own. */
export function IncidentPage() {
  const { number } = route.useParams();
  const navigate = route.useNavigate();
  const back = () =>
    navigate({
      to: "/incidents",
      search: queueMemory.get()?.filters ?? DEFAULT_VIEW.filters,
    });
  useHotkeys([
    { keys: "Escape", label: "Back to the queue", group: "Incident", run: back },
  ]);
  return <IncidentPane key={number} number={number} onClose={back} full />;
}
