// Files of messages. They are fetched with the token when they come into sight, and shown from memory.

import { blob, mayPass } from "../api.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { size } from "../size.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";

// What a browser may open in a window of ours. Anything else could hold script, and is only ever saved.
const IMAGES = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);
const OPENED = new Set([...IMAGES, "application/pdf"]);

export function Media({ message }) {
  const { media } = message;
  const box = useRef();
  const [file, setFile] = useState({ url: "", error: null });
  const kind = media.mime_type.split(";")[0].trim().toLowerCase();
  const come = () => fetchFile(media, kind, setFile);
  useEffect(() => {
    if (media.status !== "stored") return undefined;
    return whenSeen(box.current, come);
  }, [media.url, media.status]);
  useEffect(() => () => file.url && URL.revokeObjectURL(file.url), [file.url]);
  return html`<div class="media" ref=${box}>${shown(media, kind, file, come)}</div>`;
}

function shown(media, kind, { url, error }, onRetry) {
  if (media.status === "pending") return html`<p class="media-note">${t("media.pending")}</p>`;
  if (media.status === "refused" || error) return html`<p class="media-note">
    <${Icon} name="warning" />${t("media.missing")}
    ${error && mayPass(error) && html`<button class="button" onClick=${onRetry}>${t("action.retry")}</button>`}</p>`;
  if (IMAGES.has(kind)) {
    return url
      ? html`<a href=${url} target="_blank" rel="noopener"><img src=${url} alt=${t("media.photo")} /></a>`
      : html`<span class="media-room" role="img" aria-label=${t("media.photo")}></span>`;
  }
  if (kind.startsWith("audio/")) return html`<audio controls src=${url || null} preload="metadata"
    aria-label=${t("media.voice")}></audio>`;
  if (kind.startsWith("video/")) return html`<video controls src=${url || null} preload="metadata"
    aria-label=${t("media.video")}></video>`;
  return html`<${Document} media=${media} kind=${kind} url=${url} />`;
}

function Document({ media, kind, url }) {
  const name = media.filename || t("media.document");
  const opens = OPENED.has(kind) ? { target: "_blank", rel: "noopener" } : { download: media.filename || true };
  return html`
    <a class="document" href=${url || null} ...${opens} aria-disabled=${url ? null : "true"}>
      <${Icon} name="file" /><span><bdi>${name}</bdi>
        <small>${kind}${media.size ? ` · ${size(media.size)}` : ""}</small></span>
    </a>`;
}

async function fetchFile(media, kind, setFile) {
  try {
    const found = await blob(media.url);
    setFile({ url: URL.createObjectURL(new Blob([found], { type: kind })), error: null });
  } catch (error) {
    setFile({ url: "", error });
  }
}

function whenSeen(element, work) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    work();
  }, { rootMargin: "400px" });
  observer.observe(element);
  return () => observer.disconnect();
}
