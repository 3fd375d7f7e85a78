export default {
  "dashboard.conversations": "Ouvrir les discussions",
  "dashboard.nothing": "Personne n’attend",
  "dashboard.requests": { one: "{n} demande d’assistance", other: "{n} demandes d’assistance" },
  "dashboard.split": "{unassigned} non attribuées • {inProgress} en cours",
  "dashboard.tickets": "Voir l’assistance",
};
