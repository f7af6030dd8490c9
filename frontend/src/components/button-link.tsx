import { Button, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

interface Props extends ButtonProps {
  to: string;
  children: ReactNode;
}

/** Looks like a button, is a link: goes somewhere. */
export function ButtonLink({ to, children, ...rest }: Props) {
  return (
    <Button component={Link} to={to} {...rest}>
      {children}
    </Button>
  );
}
