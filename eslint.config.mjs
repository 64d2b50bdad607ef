import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import tseslint from 'typescript-eslint'

const pureRooms = ['contracts/src/**/*.ts', 'engine/src/**/*.ts']
const tests = ['**/*.test.ts', 'test/**/*.ts']

/** Pure rooms know no clock, no chance and no machine locale: the same input gives the same output everywhere. */
const purity = {
  'no-restricted-globals': ['error', { name: 'fetch', message: 'Pure rooms do no network.' }],
  'no-restricted-syntax': [
    'error',
    {
      selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
      message: 'Take the instant as a parameter.',
    },
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take the instant as a parameter.' },
    {
      selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
      message: 'Chance is a parameter.',
    },
    { selector: 'CallExpression[callee.property.name=/^toLocale/][arguments.length=0]', message: 'Name the locale.' },
    { selector: "NewExpression[callee.object.name='Intl'][arguments.length=0]", message: 'Name the locale.' },
  ],
}

/** Times on a screen are those of the site, not of the computer it stands on. */
const siteClock = {
  'no-restricted-syntax': [
    'error',
    {
      selector: 'CallExpression[callee.property.name=/^toLocale(Date|Time)?String$/]',
      message: 'Write it with engine/format and the clock of the site.',
    },
  ],
}

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.cache/**',
      '.gemba/**',
      '**/*.d.ts',
      'coverage/**',
      'test-results/**',
    ],
  },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...accessibility.configs['flat/recommended'],
  {
    files: ['**/*.{ts,mjs,vue}'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.vue'] } },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A linter that turns an injected class into a type import breaks injection at start.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['**/*.vue'],
    rules: {
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      // A field inside its label is labelled; an id beside it adds nothing.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  { files: pureRooms, ignores: ['**/*.test.ts'], rules: purity },
  { files: ['web/src/**/*.{ts,vue}'], ignores: ['**/*.test.ts'], rules: siteClock },
  {
    files: ['server/src/**/*.ts', 'collectors/src/**/*.ts'],
    ignores: ['**/config.ts', '**/*.test.ts', '**/*main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in config.ts only.' },
      ],
    },
  },
  // Nest constructors list what they need; the container supplies it, nobody calls them by position.
  { files: ['server/src/**/*.ts'], rules: { 'max-params': 'off' } },
  // A table of words is not code.
  { files: ['web/src/**/messages.ts'], rules: { 'max-lines': 'off' } },
  { files: tests, rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' } },
  { files: ['scripts/**/*.mjs', '*.mjs'], rules: { 'no-undef': 'off' } },
  prettier,
)
