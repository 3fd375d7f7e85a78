// Numbers as people read them, in the reader's language.

import { span } from "../../time.js";
import { currentLanguage, t } from "../../words.js";

const number = (value, most = 0) => new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: most }).format(value);

const SHOWN = {
  count: (value) => number(value),
  seconds: span,
  percent: (value) => t("unit.percent", { value: number(value, 1) }),
  stars: (value) => t("unit.stars", { value: number(value, 1) }),
};

export const inUnit = (value, unit) => SHOWN[unit](value);
export const whole = (value) => number(value);

// A day of the calendar, whatever the reader's zone: 28 Nov. Of 2026-11-28, or of milliseconds since 1970.
export const shortDay = (date) =>
  new Intl.DateTimeFormat(currentLanguage() === "en" ? "en-GB" : currentLanguage(), { day: "numeric", month: "short", timeZone: "UTC" })
    .format(new Date(date));
