/** HOCON and JSON to and from the records of the packages below; refuses what they refuse, with file and line. */
@NullMarked
package io.chaosproxy.config;

import org.jspecify.annotations.NullMarked;
