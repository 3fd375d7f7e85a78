// A component whose module is loaded when it is first shown: what few people open costs nobody's first screen anything.

import { html, useEffect, useState } from "../html.js";
import { complain } from "./toast.js";

export function later(load) {
  let found = null;
  return function Later(facts) {
    const [Component, setComponent] = useState(() => found);
    useEffect(() => {
      if (!Component) load().then((component) => ((found = component), setComponent(() => component)), complain);
    }, []);
    return Component && html`<${Component} ...${facts} />`;
  };
}
