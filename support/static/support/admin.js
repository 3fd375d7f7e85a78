// Comfort on a ticket's page; everything works without it. Ctrl+Enter (⌘+Enter) sends, and leaving asks about words
// that were typed and not sent.

const boxes = [...document.querySelectorAll("textarea[data-words]")];
const typed = (box) => box.value.trim() !== "";
let leaving = null;

for (const box of boxes) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !box.form.matches("[data-send]")) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
}

document.addEventListener("submit", (event) => {
  leaving = event.target;
});

addEventListener("beforeunload", (event) => {
  if (boxes.some((box) => box.form !== leaving && typed(box))) event.preventDefault();
  leaving = null; // who stays may leave by another way
});
