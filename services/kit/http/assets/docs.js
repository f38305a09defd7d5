// A file of its own, because the content security policy allows no script inside a page.
const root = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: root.dataset.url,
  domNode: root,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  validatorUrl: null,
});
