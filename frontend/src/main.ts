import "@fontsource-variable/inter/wght.css";
import "./mantine-styles";
import "./styles.css";
import { activateLanguage } from "./i18n";

await activateLanguage();
// Not awaited: the app waits for this file, with which it shares what it needs.
void import("./app");
