import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const crossFeature = {
  group: ["@/app/*", "../app/*"],
  message: "Only src/app may import src/app: move what is shared to src/lib or src/components.",
};

export default tseslint.config(
  { ignores: ["dist", "src/generated", "node_modules"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  jsxA11y.flatConfigs.strict,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers and booleans read well in template strings; objects stay forbidden.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `void promise` says on purpose that nobody waits; event handlers may be async.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "no-restricted-imports": ["error", { patterns: [crossFeature] }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  { files: ["src/app/**"], rules: { "no-restricted-imports": "off" } },
  { files: ["public/**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  { files: ["eslint.config.js"], extends: [tseslint.configs.disableTypeChecked] },
);
