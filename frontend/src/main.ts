import "@fontsource-variable/inter/wght.css";
import "./mantine-styles";
import "./styles.css";
import { activateLanguage } from "./i18n";

await activateLanguage();
await import("./app");
