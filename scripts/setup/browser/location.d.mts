export function browserLocation(machine?: { platform?: string; arch?: string }): {
  folder: string;
  executable: string;
};
