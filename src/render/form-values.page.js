// Returns a function that reads the values of form fields, for capture.page.js, with that script's ways to read properties.
(getter, method) => {
  const inputType = getter(HTMLInputElement, "type");
  const inputValue = getter(HTMLInputElement, "value");
  const inputDefault = getter(HTMLInputElement, "defaultValue");
  const isChecked = getter(HTMLInputElement, "checked");
  const isCheckedByDefault = getter(HTMLInputElement, "defaultChecked");
  const areaValue = getter(HTMLTextAreaElement, "value");
  const areaDefault = getter(HTMLTextAreaElement, "defaultValue");
  const optionsOf = getter(HTMLSelectElement, "options");
  const isMultiple = getter(HTMLSelectElement, "multiple");
  const rowsOf = getter(HTMLSelectElement, "size");
  const isSelected = getter(HTMLOptionElement, "selected");
  const isSelectedByDefault = getter(HTMLOptionElement, "defaultSelected");
  const optionLabel = getter(HTMLOptionElement, "label");
  const hasAttribute = method(Element, "hasAttribute");

  // Inputs whose value is not shown as text.
  const unshownTypes = new Set(["password", "hidden", "file", "image", "color", "range"]);
  // Characters of a form field's value.
  const maxValue = 10_000;

  const changedValue = (field, tag) => {
    if (tag === "textarea") return changed(areaValue(field), areaDefault(field));
    if (tag === "select") return changedChoice(field);
    const type = inputType(field);
    if (type === "checkbox" || type === "radio")
      return changed(isChecked(field) ? "on" : "", isCheckedByDefault(field) ? "on" : "");
    return unshownTypes.has(type) ? null : changed(inputValue(field), inputDefault(field));
  };

  const changed = (value, before) => (value === before ? null : value);

  const changedChoice = (select) => {
    const options = [...optionsOf(select)];
    const chosen = options.filter(isSelected);
    const stated = options.filter(isSelectedByDefault);
    // Without a choice, a drop-down list shows its first option.
    const isList = isMultiple(select) || rowsOf(select) > 1;
    const first = options.find((option) => !hasAttribute(option, "disabled"));
    const before = isMultiple(select) ? stated : [stated.at(-1) ?? (isList ? undefined : first)];
    return changed(
      chosen.map(optionLabel).join("\n"),
      before.flatMap((option) => (option ? optionLabel(option) : [])).join("\n"),
    );
  };

  // The value of a form field, percent-encoded, if the HTML says another one. Null for passwords, and for values that are not
  // shown.
  return (field, tag) => {
    const value = changedValue(field, tag);
    // Apostrophes could end an attribute.
    return value === null
      ? null
      : encodeURIComponent(value.slice(0, maxValue).toWellFormed()).replaceAll("'", "%27");
  };
};
