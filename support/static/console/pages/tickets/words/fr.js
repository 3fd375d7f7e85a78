export default { "tickets.none": "Aucun ticket. Quand un élève demande une personne, il en est ouvert un." };
