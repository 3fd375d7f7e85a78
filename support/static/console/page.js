// What the server tells the page: facts of the team, as data attributes of the one element in the template.

const place = document.getElementById("app");

export const root = place;
export const brand = place.dataset.brand;
export const zone = place.dataset.zone; // the team's time zone; every time on the screen is in it
