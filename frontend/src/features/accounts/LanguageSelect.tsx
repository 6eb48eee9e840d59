import { Select, type SelectProps } from "@mantine/core";
import { LANGUAGES } from "../../i18n";

const BROWSER = "browser";

type Props = Omit<SelectProps, "value" | "onChange" | "data"> & {
  value?: string | null;
  onChange?: (language: string | null) => void;
};

/** A language of pages and mails, or what the browser asks for. */
export function LanguageSelect({ value, onChange, ...props }: Props) {
  return (
    <Select
      {...props}
      allowDeselect={false}
      data={[
        { value: BROWSER, label: "As the browser asks" },
        ...Object.entries(LANGUAGES).map(([code, label]) => ({ value: code, label })),
      ]}
      value={value ?? BROWSER}
      onChange={(chosen) => onChange?.(chosen === BROWSER ? null : chosen)}
    />
  );
}
