// Where the focus goes when one panel takes the other's place on a narrow screen, and what had it is gone.

import { useEffect, useRef } from "../html.js";

// Whoever came by one of the rows goes on with the way back, or where there is room with what `wanted` finds in the
// panel, if anything. Returns the panel's ref.
export function useWayIn(isThere, rows, wanted = () => null) {
  const panel = useRef();
  const row = useRef(document.activeElement);
  useEffect(() => {
    if (!isThere || !row.current?.matches(rows)) return;
    const back = panel.current.querySelector(".back");
    const isFree = [document.body, row.current].includes(document.activeElement); // or they are elsewhere already
    if (isFree) (back.offsetParent ? back : wanted(panel.current))?.focus();
    row.current = null;
  }, [isThere]);
  return panel;
}

// And back in the list with that row, or with the first where it has left.
export function useWayBack(open, rows, addressOf) {
  const last = useRef();
  useEffect(() => {
    const find = (more) => document.querySelector(rows + more);
    const isLost = !open && last.current && document.activeElement === document.body;
    if (isLost) (find(`[href="${addressOf(last.current)}"]`) ?? find(""))?.focus();
    last.current = open;
  }, [open]);
}
