/** Reads and writes configurations in HOCON and JSON; reports every error with file and line. */
@NullMarked
package io.chaosproxy.config;

import org.jspecify.annotations.NullMarked;
