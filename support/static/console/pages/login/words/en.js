export default {
  "login.action": "Log in",
  "login.again": "Log in to go on. What you have begun to write is kept.",
  "login.busy": "Logging in…",
  "login.password": "Password",
  "login.title": "Log in",
  "login.username": "User name",
  "login.wait": { one: "You can try again in {n} second.", other: "You can try again in {n} seconds." },
  "login.welcome": "{brand} support desk",
  "login.wrong": "User name or password is wrong.",
};
