// The files that go out with the next answer.

import { Icon } from "../../components/icons.js";
import { html } from "../../html.js";
import { size } from "../../size.js";
import { t } from "../../words.js";

export function Files({ files, onDrop }) {
  return html`
    <ul class="files" aria-label=${t("composer.files")}>
      ${files.map((file) => html`
        <li key=${file.name + file.size + file.lastModified}><${Icon} name="file" /><span class="one-line">
          <bdi>${file.name}</bdi></span><small class="muted">${size(file.size)}</small>
          <button type="button" class="icon-button" aria-label=${t("composer.drop", { name: file.name })}
            onClick=${() => onDrop(file)}><${Icon} name="close" /></button></li>`)}
    </ul>`;
}
