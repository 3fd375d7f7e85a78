export default {
  "dashboard.conversations": "Open conversations",
  "dashboard.nothing": "Nobody waits for support",
  "dashboard.requests": { one: "{n} Support Request", other: "{n} Support Requests" },
  "dashboard.split": "{unassigned} unassigned • {inProgress} in progress",
  "dashboard.tickets": "View Support",
};
