/** The command line: what people type, and what the terminal shows. */
@NullMarked
package io.chaosproxy.cli;

import org.jspecify.annotations.NullMarked;
