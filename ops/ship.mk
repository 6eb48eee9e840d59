# What is shipped; the Makefile includes this.
# wheel  build the wheel, pages included, into dist/
# binary build the single file that needs nothing else, into dist/
# image  build the container image
# sbom   list what the product is made of, as CycloneDX, into dist/
# audit  ask the registries for known vulnerabilities of it

.PHONY: wheel binary image sbom audit

wheel: $(PYTHON) $(PAGES)
	@ops/artefact.sh wheel dist

binary: $(PYTHON) $(PAGES)
	@ops/artefact.sh binary dist

image:
	@docker build --tag incident-sla-tracker .

sbom: $(PYTHON) $(NODE)
	@mkdir -p dist
	@uvx --quiet --from cyclonedx-bom~=7.0 cyclonedx-py requirements \
	    --output-reproducible --output-file dist/python.cdx.json requirements.lock
	@npm sbom --sbom-format=cyclonedx --omit=dev >dist/pages.cdx.json

audit: $(PYTHON) $(NODE)
	@uvx --quiet pip-audit~=2.9 --require-hashes --disable-pip --requirement requirements.lock
	@npm audit --omit=dev
