// Experiments by OpenFeature's hooks: an experiment is asked like a flag whose value is the payload of a variant.
import { useObjectFlagDetails } from "@openfeature/react-sdk";

/** `otherwise` is the payload of who takes no part. */
export function useExperiment(name, otherwise = {}) {
  const { value, variant } = useObjectFlagDetails(name, otherwise);
  return { isIn: Boolean(variant), variant, payload: value };
}

/** Shows what `arms` has for the visitor's variant, and `otherwise` to who takes no part. */
export function Experiment({ name, arms, otherwise = null }) {
  const { isIn, variant } = useExperiment(name);
  return isIn ? (arms[variant] ?? otherwise) : otherwise;
}
