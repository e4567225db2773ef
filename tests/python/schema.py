"""usage: schema.py QUESTION: problems of each of `instances` by `schema`, a draft-7 schema that must itself be one."""
import json
import sys

import jsonschema

question = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(question["schema"])
validator = jsonschema.Draft7Validator(question["schema"])
print(json.dumps([[error.message for error in validator.iter_errors(instance)] for instance in question["instances"]]))
