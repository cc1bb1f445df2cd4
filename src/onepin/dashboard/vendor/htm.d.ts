declare const htm: {
  bind(h: Function): (strings: TemplateStringsArray, ...values: any[]) => import("preact").VNode<any>;
};
export default htm;
