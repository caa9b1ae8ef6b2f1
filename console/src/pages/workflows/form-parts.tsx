/** How the fields of a form look. */
import type {
  BaseInputTemplateProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  WidgetProps,
} from '@rjsf/utils';

interface FormContext {
  take?: (input: string, file: File) => void;
}

function FieldTemplate({
  id,
  label,
  required,
  rawDescription,
  rawErrors,
  children,
  hidden,
  schema,
}: FieldTemplateProps) {
  if (hidden) return <div className="hidden">{children}</div>;
  if (schema.type === 'object') return children;
  return (
    <div className="mb-3">
      {schema.type !== 'boolean' && (
        <label htmlFor={id} className="mb-1 block text-sm font-medium">
          {label}
          {required && <span className="text-soft"> (required)</span>}
        </label>
      )}
      {children}
      {rawDescription && <p className="mt-1 text-xs text-soft">{rawDescription}</p>}
      {rawErrors && rawErrors.length > 0 && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {rawErrors.join('; ')}
        </p>
      )}
    </div>
  );
}

/** Numbers stand side by side; what needs room has the whole line. */
const ObjectFieldTemplate = ({ properties, schema }: ObjectFieldTemplateProps) => (
  <div className="grid gap-x-4 sm:grid-cols-2">
    {properties.map(({ name, content }) => {
      const property = schema.properties?.[name];
      const isNumber =
        typeof property === 'object' && (property.type === 'number' || property.type === 'integer');
      return (
        <div key={name} className={isNumber ? '' : 'sm:col-span-2'}>
          {content}
        </div>
      );
    })}
  </div>
);

function Input({ id, value, required, disabled, onChange, options, schema, type }: BaseInputTemplateProps) {
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  return (
    <input
      id={id}
      className="field w-full"
      type={isNumber ? 'number' : (type ?? 'text')}
      step={schema.type === 'integer' ? 1 : 'any'}
      min={schema.minimum}
      max={schema.maximum}
      required={required ?? false}
      disabled={disabled ?? false}
      value={value ?? ''}
      onChange={({ target }) => onChange(target.value === '' ? options.emptyValue : target.value)}
    />
  );
}

const Textarea = ({ id, value, required, onChange, options }: WidgetProps) => (
  <textarea
    id={id}
    rows={3}
    className="field w-full"
    required={required ?? false}
    value={value ?? ''}
    onChange={({ target }) => onChange(target.value === '' ? options.emptyValue : target.value)}
  />
);

const Select = ({ id, value, label, options, onChange, required }: WidgetProps) => (
  <select
    id={id}
    aria-label={label || 'Which kind'}
    className="field w-full"
    required={required ?? false}
    value={value === undefined ? '' : String(value)}
    onChange={({ target }) =>
      onChange(options.enumOptions?.find((option) => String(option.value) === target.value)?.value)
    }
  >
    <option value="" />
    {options.enumOptions?.map((option) => (
      <option key={String(option.value)} value={String(option.value)}>
        {option.label}
      </option>
    ))}
  </select>
);

const Checkbox = ({ id, value, label, onChange }: WidgetProps) => (
  <label className="flex items-center gap-2 text-sm font-medium">
    <input
      id={id}
      type="checkbox"
      className="size-4"
      checked={value === true}
      onChange={({ target }) => onChange(target.checked)}
    />
    {label}
  </label>
);

/** What is kept in the form is the file's name; the file goes where the form puts its body together. */
function FileInput({ id, name, value, required, onChange, registry }: WidgetProps) {
  return (
    <>
      {typeof value === 'string' && <p className="mb-1 text-xs text-soft">{value}</p>}
      <input
        id={id}
        type="file"
        accept="image/*,video/*,audio/*"
        className="field w-full file:mr-3 file:rounded-md file:border-0 file:bg-sunk file:px-2 file:py-1 file:text-ink"
        required={required ?? false}
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) (registry.formContext as FormContext).take?.(name, file);
          onChange(file?.name);
        }}
      />
    </>
  );
}

export const formParts = {
  templates: { FieldTemplate, ObjectFieldTemplate, BaseInputTemplate: Input },
  widgets: {
    TextareaWidget: Textarea,
    SelectWidget: Select,
    CheckboxWidget: Checkbox,
    FileWidget: FileInput,
  },
};
