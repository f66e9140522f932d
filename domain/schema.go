package domain

import _ "embed" // the schema is part of the package

//go:embed definition.schema.json
var definitionSchema string

// DefinitionSchema is the JSON Schema (draft 2020-12) of a definition's document, for editors and other tools. What
// breaks it ParseDefinition refuses; ParseDefinition finds more, which a schema cannot say.
func DefinitionSchema() []byte { return []byte(definitionSchema) }
