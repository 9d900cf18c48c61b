/** Command line interface: commands, output and signals. */
@NullMarked
package io.chaosproxy.cli;

import org.jspecify.annotations.NullMarked;
