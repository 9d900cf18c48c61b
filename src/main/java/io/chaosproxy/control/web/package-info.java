/** Shared by the APIs of the control plane: routes, problems, JSON in and out. */
@NullMarked
package io.chaosproxy.control.web;

import org.jspecify.annotations.NullMarked;
