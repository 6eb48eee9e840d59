/** The language of the pages: what the person chose, else what the browser asks for. */
import { i18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** How dates and numbers are written in each. */
const TAGS: Record<Language, string> = { en: "en-GB", de: "de-DE" };
const KEPT_AT = "language";

const isLanguage = (text: string | null): text is Language =>
  text !== null && Object.hasOwn(LANGUAGES, text);

function wanted(): Language {
  const chosen = localStorage.getItem(KEPT_AT);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en";
}

/** The language's tag for `Intl`. */
export const intlTag = (): string => TAGS[i18n.locale as Language];

/** `1,234` or `1.234`. */
export const formatNumber = (n: number): string => n.toLocaleString(intlTag());

const compiled = new Map<string, ReturnType<typeof compileMessage>>();

/** English comes as it stands in the code; each message is read once. */
function compile(message: string) {
  let result = compiled.get(message);
  if (result === undefined) {
    result = compileMessage(message);
    compiled.set(message, result);
  }
  return result;
}

/** Must end before any part that has texts is loaded: they are taken when it is. */
export async function activateLanguage(): Promise<void> {
  const language = wanted();
  i18n.setMessagesCompiler(compile);
  i18n.loadAndActivate({
    locale: language,
    locales: [TAGS[language]],
    messages: language === "en" ? {} : (await import("./locales/de.po")).messages,
  });
  document.documentElement.lang = language;
}

/** Keeps a choice, of which `null` leaves it to the browser; loads the pages anew for it. */
export function chooseLanguage(language: Language | null): void {
  if (language) localStorage.setItem(KEPT_AT, language);
  else localStorage.removeItem(KEPT_AT);
  if (wanted() !== i18n.locale) location.reload();
}
