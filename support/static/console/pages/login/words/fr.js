export default {
  "login.action": "Se connecter",
  "login.again": "Connectez-vous pour continuer. Ce que vous avez commencé à écrire est conservé.",
  "login.busy": "Connexion…",
  "login.password": "Mot de passe",
  "login.title": "Connexion",
  "login.username": "Nom d’utilisateur",
  "login.wait": { one: "Vous pourrez réessayer dans {n} seconde.", other: "Vous pourrez réessayer dans {n} secondes." },
  "login.welcome": "Assistance {brand}",
  "login.wrong": "Le nom d’utilisateur ou le mot de passe est faux.",
};
