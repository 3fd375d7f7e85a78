// Answers that a closed tab left behind are told wherever somebody comes in; the conversations show them themselves.

import { toast } from "../../components/toast.js";
import { addressOf, here } from "../../router.js";
import { t } from "../../words.js";
import { sending, update } from "./sending.js";

export function tellUnsent() {
  if (here()?.folder === "conversations") return;
  const entries = new Map(sending.get().entries.map((entry) => [entry.contact, entry])); // one of each
  for (const { key, contact, name } of entries.values()) {
    update(key, { takeBack: toast(t("unsent.told", { name }), { isError: true, href: addressOf(contact) }) });
  }
}
