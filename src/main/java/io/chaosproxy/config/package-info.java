/** Specifications of proxies and settings, and their form in HOCON and JSON; every error is reported with file and line. */
@NullMarked
package io.chaosproxy.config;

import org.jspecify.annotations.NullMarked;
