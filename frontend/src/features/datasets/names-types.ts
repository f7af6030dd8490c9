/** Which types of spans mean a name of a person. */

const OF_PEOPLE = /^(?:per|pers|person|persons|people|human|name|names|full_?name|first_?name|given_?name|last_?name|surname|family_?name|person_?name|人名|姓名|人物|名字)$/i;

/** Types of a tagger by its tags, without B- and I-. */
export function typesOf(tags: readonly string[]): string[] {
  return [...new Set(tags.filter((tag) => /^[BI]-./.test(tag)).map((tag) => tag.slice(2)))].sort();
}

export function isNameType(type: string): boolean {
  return OF_PEOPLE.test(type);
}
