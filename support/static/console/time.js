// Times as the team reads them: in the team's zone, whatever the reader's computer believes.

import { useEffect, useState } from "./html.js";
import { zone } from "./page.js";
import { currentLanguage, t } from "./words.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONG = 10; // hours: of more than these nobody wants the minutes

const formats = new Map();

export const clock = (moment) => shown(moment, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const shortTime = (moment) => shown(moment, { dateStyle: "medium", timeStyle: "short" });

export const fullTime = (moment) => shown(moment, { dateStyle: "full", timeStyle: "short" });

// The day as a key: 2026-01-09.
export const dayKey = (moment) => format("en-CA", { dateStyle: "short" }).format(new Date(moment));

export function day(moment, now = Date.now()) {
  const key = dayKey(moment);
  if (key === dayKey(now)) return t("time.today");
  if (key === dayKey(now - DAY * 1000)) return t("time.yesterday");
  const isThisYear = key.slice(0, 4) === dayKey(now).slice(0, 4);
  return shown(moment, { weekday: "short", day: "numeric", month: "long", ...(!isThisYear && { year: "numeric" }) });
}

// For lists: the time today, the day before that.
export function brief(moment, now = Date.now()) {
  if (!moment) return "";
  if (dayKey(moment) === dayKey(now)) return clock(moment);
  const isRecent = now - new Date(moment) < 6 * DAY * 1000;
  return shown(moment, isRecent ? { weekday: "short" } : { day: "numeric", month: "short" });
}

// A stretch of seconds, roughly: 40 s, 12 min, 3 h 20, 14 h, 2 days.
export function span(seconds) {
  if (seconds < MINUTE) return t("time.seconds", { n: Math.max(0, Math.floor(seconds)) });
  if (seconds < HOUR) return t("time.minutes", { n: Math.floor(seconds / MINUTE) });
  if (seconds >= 2 * DAY) return t("time.days", { n: Math.floor(seconds / DAY) });
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE)];
  if (hours >= LONG || !minutes) return t("time.wholeHours", { n: hours });
  return t("time.hours", { n: hours, rest: String(minutes).padStart(2, "0") });
}

export const since = (moment, now = Date.now()) => span((now - new Date(moment)) / 1000);

// The time, drawn anew every so many seconds while somebody looks.
export function useNow(seconds = 30) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = () => document.hidden || setNow(Date.now());
    const timer = setInterval(tick, seconds * 1000);
    document.addEventListener("visibilitychange", tick);
    return () => (clearInterval(timer), document.removeEventListener("visibilitychange", tick));
  }, [seconds]);
  return now;
}

const shown = (moment, options) =>
  format(currentLanguage() === "en" ? "en-GB" : currentLanguage(), options).format(new Date(moment));

function format(locale, options) {
  const key = locale + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }));
  return formats.get(key);
}
