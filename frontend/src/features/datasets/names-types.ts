/** Which types of spans mean a name of a person. */

const OF_PEOPLE = /^(?:per|pers|person|persons|people|human|name|names|full_?name|first_?name|given_?name|last_?name|surname|family_?name|person_?name|人名|姓名|人物|名字)$/i;

export function isNameType(type: string): boolean {
  return OF_PEOPLE.test(type);
}
