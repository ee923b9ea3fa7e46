"""PrairieLearn: `results.json` of each submission, as its external grader would write it."""

from grader.exports.each import each_as

EXPORT = each_as("prairielearn", ".json")
