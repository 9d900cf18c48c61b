/** Terminal output: size, tables, human-readable numbers, and a redrawn region. */
@NullMarked
package io.chaosproxy.terminal;

import org.jspecify.annotations.NullMarked;
