// Swagger UI for our schema. In a file of its own, because our Content-Security-Policy allows no inline script.
const docs = document.getElementById("docs");

SwaggerUIBundle({
  url: docs.dataset.schema,
  domNode: docs,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: false,
  validatorUrl: null, // it would send the schema to a service outside
  presets: [SwaggerUIBundle.presets.apis],
});
